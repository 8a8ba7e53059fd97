"""What compliance asks of tables: how identifying each column is, and which column names the participant."""
