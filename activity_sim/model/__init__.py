"""What is simulated, as frozen values that check themselves once."""
