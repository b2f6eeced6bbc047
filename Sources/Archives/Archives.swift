// Archives: see docs/architecture.md
