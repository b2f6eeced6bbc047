/// What a network takes and how many outputs it has: what data are read for.
///
/// It decides what a file leaves open: which axis holds the channels, whether rows of numbers are images, which class a folder stands for.
package struct NetworkSignature: Sendable, Equatable {
    /// For messages.
    package let name: String
    /// Of one sample: [channels, height, width] or [features].
    package let inputShape: [Int]
    /// The number of classes, where its outputs are classes.
    package let outputs: Int
    /// What its classes are called, where that is known.
    package let classNames: [String]?
    /// Whether a label that is no class of the network is an error; where not, the samples are used without their labels.
    package let needsClasses: Bool
    /// Whether the outputs are classes; where not, labels are not held against their number.
    package let tellsClasses: Bool
    /// Whether its inputs are token ids, which are used as they are.
    package let takesTokens: Bool
    /// Positions of a sequence at each of which it gives logits of tokens; nil for other outputs.
    package let positions: Int?
    /// Its inputs, where there are several; empty for one.
    package let inputs: [InputArray]

    package init(
        name: String, inputShape: [Int], outputs: Int, classNames: [String]? = nil, needsClasses: Bool, tellsClasses: Bool = true,
        takesTokens: Bool = false, positions: Int? = nil, inputs: [InputArray] = []
    ) {
        (self.name, self.inputShape, self.outputs, self.classNames, self.needsClasses) = (
            name, inputShape, outputs, classNames, needsClasses
        )
        self.tellsClasses = tellsClasses
        self.takesTokens = takesTokens
        self.inputs = inputs
        self.positions = positions
    }

    /// Channels, height and width where it takes images.
    var image: [Int]? { inputShape.count == 3 ? inputShape : nil }
}

extension NetworkSignature {
    /// So many classes that a spec declares, where no network is known.
    static func counting(_ classes: Int) -> NetworkSignature {
        NetworkSignature(name: "classes=\(classes)", inputShape: [], outputs: classes, needsClasses: true)
    }
}
