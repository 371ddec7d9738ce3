"""A TaskRouter workspace on localhost: the REST API of Workspaces, Activities, Workers, their statistics and Events.

A request goes through the files in this order: ``faults`` (failures that are switched on), ``routes`` (which operation,
who asks), ``forms`` (what was said), then the operation in ``workspaces``, ``activities``, ``workers``, ``statistics``
or ``events``, which works on the ``store``; ``answers`` and ``paging`` say the outcome, ``refusals`` say no. What the
real service does in cases that its documentation leaves open is in ``rules``.
"""
