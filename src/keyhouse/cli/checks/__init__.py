"""What `keyhouse check` looks at. Each rule has an id that never changes its meaning; findings say what to do."""
