// Workbench: see docs/architecture.md
