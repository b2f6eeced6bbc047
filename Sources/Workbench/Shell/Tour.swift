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
        Step(text: "Fused, parents, ensemble, average side by side. t fine-tunes it.") { $0.screen == .train && $0.train.live != nil },
        Step(text: "The curves grow while it learns. 6 puts all runs side by side.") { $0.screen == .compare && $0.train.live != nil },
    ]
}

extension Model {
    /// What the tour says now.
    var tourLine: String? {
        guard let tour, Tour.steps.indices.contains(tour) else { return nil }
        return "\(tour + 1)/\(Tour.steps.count)  \(Tour.steps[tour].text)"
    }

    /// Goes on behind the last step that has been taken, also where a person took another way to it.
    mutating func advanceTour() {
        guard let tour, let done = Tour.steps.indices.last(where: { $0 >= tour && Tour.steps[$0].isDone(self) }) else { return }
        self.tour = done + 1 < Tour.steps.count ? done + 1 : nil
        if self.tour == nil { status = Status(level: .ok, text: "That was the tour; ? lists the keys of every screen, F2 begins it again") }
    }
}
