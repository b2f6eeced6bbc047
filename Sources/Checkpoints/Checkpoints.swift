// Checkpoints: see docs/architecture.md
