/// What a run does.
package enum RunKind: String, Sendable, Codable, CaseIterable {
    case fuse, train, finetune, sweep

    /// Whether it changes parameters by gradient descent.
    package var trains: Bool { self == .train || self == .finetune }
}

/// What went into a run: a parent's file, or data.
package struct RunSource: Sendable, Codable, Equatable {
    package enum Role: String, Sendable, Codable {
        /// A parent of a fusion; the initial network of a training.
        case parent
        /// A teacher of a distillation.
        case teacher
        /// For selecting the best epoch or the best parent.
        case validation
        /// Unlabelled data of the method; training data.
        case data
        /// Evaluation data.
        case evaluation
        /// A file of couplings that a fusion used.
        case plan
    }

    package let role: Role
    /// "A", "B", … for parents and teachers; nil for what a training began with.
    package let letter: String?
    /// A path, or a data spec.
    package let name: String
    /// Of the file; of the data, the checksum of what a network got to see.
    package let sha256: String

    /// Whether it is a network's file rather than data.
    package var isFile: Bool { role == .parent || role == .teacher || role == .plan }

    package init(role: Role, letter: String? = nil, name: String, sha256: String) {
        self.role = role
        self.letter = letter
        self.name = name
        self.sha256 = sha256
    }
}
