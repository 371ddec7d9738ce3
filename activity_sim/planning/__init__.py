"""Planning: how many workers it takes, by interval."""
