"""Runs the command line: ``python -m activity_sim``."""

from activity_sim.cli import main

if __name__ == "__main__":
    main()
