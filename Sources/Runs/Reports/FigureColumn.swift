import Foundation
import Networks
import Training

extension Figure {
    /// A value as tables have it: in per cent, or with five digits.
    public func text(_ value: Double?) -> String {
        guard let value else { return "–" }
        return isShare ? String(format: "%.2f %%", 100 * value) : String(format: "%.5g", value)
    }
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
        title = isMixed ? "figure" : names.first?.name ?? Figure.accuracy.name
    }

    /// A value, with its figure's name where the column's title does not say it.
    func cell(_ figure: Figure, _ value: Double?) -> String {
        guard isMixed, value != nil else { return figure.text(value) }
        return "\(figure.name) \(figure.text(value))"
    }
}

extension Evaluation {
    /// The value of the figure as tables have it.
    public var valueText: String { figure.text(value) }
    /// The second figure's; nil where there is none.
    public var secondText: String? { task.second.map { $0.text(second) } }
    /// A dash for tasks that have no confidence.
    public var calibrationText: String { task.givesOneClass ? String(format: "%.4f", calibrationError) : "–" }
    /// Where the outputs are for one class, the accuracy.
    var recordedAccuracy: Double? { task.givesOneClass ? accuracy : nil }
    var recordedTask: String? { task == .classification ? nil : task.rawValue }
    var recordedValue: Double? { task.givesOneClass ? nil : value }
}
