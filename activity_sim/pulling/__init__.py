"""A workspace as a folder that a scenario is made in, fetched once and again.

``wording`` writes what is in the files, ``merging`` brings a scenario file that somebody has edited up to date,
``folder`` puts the files in their places, and ``pull`` is what the command calls.
"""
