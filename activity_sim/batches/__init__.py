"""Many scenarios in one go, each in a process of its own, and what is kept of them.

``listing`` reads the batch file, ``options`` what `run` and a batch file are told in short texts, ``processes`` starts
and ends processes, ``places`` puts folders in their places, ``summary`` and ``page`` say what came of each, and
``working`` is what the command calls.
"""
