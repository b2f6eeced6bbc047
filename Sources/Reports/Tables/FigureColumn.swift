import Formatting
import Networks
import Training

extension Figure {
    /// A value as every table, report and screen has it: as a percentage, or with five digits.
    package func text(_ value: Double?) -> String { isShare ? Format.percent(value) : Format.significant(value) }
}

/// A column of tables whose rows may be measured by different figures.
struct FigureColumn {
    let title: String
    /// As a chart's title has it.
    var heading: String { title.prefix(1).uppercased() + title.dropFirst() }
    private let isMixed: Bool

    init(_ figures: some Sequence<Figure>) {
        let names = Set(figures)
        isMixed = names.count > 1
        title = isMixed ? "metric" : names.first?.name ?? Figure.accuracy.name
    }

    /// A value, with its figure's name where the column's title does not say it.
    func cell(_ figure: Figure, _ value: Double?) -> String {
        guard isMixed, value != nil else { return figure.text(value) }
        return "\(figure.name) \(figure.text(value))"
    }
}

extension Evaluation {
    /// The value of the figure as tables have it.
    package var valueText: String { figure.text(value) }
    /// The second figure's; nil where there is none.
    package var secondText: String? { task.second.map { $0.text(second) } }
    /// The loss; a dash where no sample has one, since no output is finite.
    package var lossText: String { nonFinite >= samples ? Format.none : Format.decimal(loss) }
    /// A dash for tasks that have no confidence.
    package var calibrationText: String { task.givesOneClass && nonFinite < samples ? Format.decimal(calibrationError) : Format.none }
}

extension TrainingValidation {
    /// The value of its figure.
    package var text: String { (figure ?? .accuracy).text(accuracy) }
}
