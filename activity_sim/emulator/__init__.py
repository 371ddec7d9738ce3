"""A TaskRouter workspace on localhost: the REST API of Workspaces and what is in them, but Tasks and reservations.

A request goes through the files in this order: ``faults`` (failures that are switched on), ``routes`` (which operation,
who asks), ``forms`` (what was said), then the operation in the file that bears the name of the resource, which works on
the ``store``; ``matching`` knows expressions, ``configuration`` what Workflows say. ``answers`` and ``paging`` say the
outcome, ``refusals`` say no. What the real service does in cases that its documentation leaves open is in ``rules``.
"""
