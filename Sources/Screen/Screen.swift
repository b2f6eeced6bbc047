// Screen: see docs/architecture.md
