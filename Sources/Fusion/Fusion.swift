// Fusion: see docs/architecture.md
