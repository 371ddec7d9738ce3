"""A workspace's past as a log: the events of TaskRouter read and written, and tables of spells.

What events say is first gathered in columns of numbers (``gathering``), then put together: spells, tasks and
reservations, names and availability. What had to be repaired is counted on the way.
"""
