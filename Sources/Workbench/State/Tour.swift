/// Five steps through a first session, each done by doing it.
enum Tour {
    struct Step: Sendable {
        var text: String
        /// Whether the step has been taken.
        var isDone: @Sendable (Model) -> Bool
    }

    static let steps: [Step] = [
        Step(text: "Two parents are open. 2 shows which of their neurons correspond.") { $0.screen == .align },
        Step(text: "Rows are a parent's neurons, columns the fused ones. 4 is the recipe.") { $0.screen == .fuse },
        Step(text: "← → turns a knob and the plan redraws. F fuses.") { $0.fusion != nil || $0.fuse.result != nil },
        Step(text: "Fused, parents, ensemble, average side by side. t fine-tunes it.") { $0.screen == .train },
        Step(text: "The curves grow while it learns. 6 puts all runs side by side.") { $0.screen == .compare },
    ]
}

extension Model {
    /// What the tour says now.
    var tourLine: String? {
        guard let tour, Tour.steps.indices.contains(tour) else { return nil }
        return "\(tour + 1)/\(Tour.steps.count)  \(Tour.steps[tour].text)"
    }

    /// Goes on where the step has been taken.
    mutating func advanceTour() {
        guard let step = tour, Tour.steps.indices.contains(step), Tour.steps[step].isDone(self) else { return }
        tour = step + 1 < Tour.steps.count ? step + 1 : nil
        if tour == nil { status = Status(level: .ok, text: "That was the tour; ? lists the keys of every screen, F2 begins it again") }
    }
}
