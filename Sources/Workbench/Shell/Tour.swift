/// Five steps through a first session, each done by doing it.
enum Tour {
    struct Step: Sendable {
        var text: String
        /// Whether the step has been taken.
        var isDone: @Sendable (Model) -> Bool
    }

    static let steps: [Step] = [
        Step(text: "Two parents are open. 2 shows how their neurons are matched.") { $0.screen == .align },
        Step(text: "Rows: neurons of a parent. Columns: fused neurons. 4: recipe.") { $0.screen == .fuse },
        Step(text: "← → changes a hyperparameter with a live preview. F fuses.") { $0.fusion != nil || $0.fuse.result != nil },
        Step(text: "Accuracy of fused, parents, ensemble, plain average. t fine-tunes.") { $0.screen == .train && $0.train.live != nil },
        Step(text: "Training curves update live. 6 compares all runs.") { $0.screen == .compare && $0.train.live != nil },
    ]
}

extension Model {
    /// The current step of the tour.
    var tourLine: String? {
        guard let tour, Tour.steps.indices.contains(tour) else { return nil }
        return "\(tour + 1)/\(Tour.steps.count)  \(Tour.steps[tour].text)"
    }

    /// Moves past the last step that has been done, in whatever order.
    mutating func advanceTour() {
        guard let tour, let done = Tour.steps.indices.last(where: { $0 >= tour && Tour.steps[$0].isDone(self) }) else { return }
        self.tour = done + 1 < Tour.steps.count ? done + 1 : nil
        if self.tour == nil { confirm("Tour complete; ? lists the keys of a screen, F2 restarts the tour") }
    }
}
