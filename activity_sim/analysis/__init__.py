"""What a log means: reports read the log, plots read reports."""
