"""The process of one job of a batch: a command, written down as the one that does the same by hand.

``python -m activity_sim.cli.job PARENT GIVEN SAID``: the number of the process that it ends with, and two lists of
arguments as JSON, those to run and those to write down.
"""

from __future__ import annotations

import json
import signal
import sys

from activity_sim.cli import main
from activity_sim.experiment.pool import end_with

if __name__ == "__main__":
    parent, given, said = sys.argv[1:]
    end_with(int(parent))
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that what is unfinished is taken away
    main(json.loads(given), said=json.loads(said))
