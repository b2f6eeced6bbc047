import Transport

extension OTFusion.Settings {
    /// The solver that the settings name.
    func solver(forSpreadOf cost: Matrix) -> any TransportSolver {
        ExactSolver()
    }
}
