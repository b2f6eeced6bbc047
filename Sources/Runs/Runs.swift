// Runs: see docs/architecture.md
