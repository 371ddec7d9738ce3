"""The TaskRouter API from the client's side.

``credentials`` finds who asks, ``protocol`` has what is said, as functions of texts and values, ``transport`` sends it
(time-outs, retries), ``resources`` has what is read only, ``lists`` its lists, and ``client`` is what people use.
"""
