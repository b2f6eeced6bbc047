import Foundation
import Fusion
import Training
import Transport

/// All that a fusion found, as the command line prints it and `--json` writes it.
public struct FusionReport: Sendable, Codable {
    /// One network, or several that answer together, measured on the evaluation data.
    public struct Row: Sendable, Codable {
        public enum Role: String, Sendable, Codable {
            case parent
            /// The parent that is best on validation data.
            case best
            case ensemble
            /// The parents' majority; the mean probability decides among equals.
            case vote
            /// The parents' probabilities, each weighted by its share of the class's samples.
            case shares
            case average, fused
        }

        public let role: Role
        /// "A", "B" … for parents.
        public let letter: String?
        public let name: String
        /// Trained numbers; an ensemble's are those of all its members.
        public let parameters: Int
        public let evaluation: Evaluation?
        /// Why there is no evaluation, where there is none; for the best parent what it was chosen on.
        public let note: String?

        /// As tables have it.
        var title: String { role == .best ? "\(name): \(letter ?? "")" : letter.map { "\($0) \(name)" } ?? name }
    }

    public struct Coupling: Sendable, Codable {
        public let parent: String
        /// Nil where the correspondence is the identity by definition.
        public let certificate: Certificate?
        public let transportCost: Double?
        /// Mean number of fused neurons that a parent neuron spreads over, exp of the entropy of its row.
        public let effectiveMatches: Double
        /// Share of the mass that stays at its number.
        public let identityShare: Double

        /// Whether nothing moved and nothing was solved.
        var isIdentity: Bool { certificate == nil && identityShare > 1 - 1e-12 }
    }

    public struct Group: Sendable, Codable {
        public let name: String
        /// Neurons in each parent, then in the fused network.
        public let parentNeurons: [Int]
        public let fusedNeurons: Int
        public let couplings: [Coupling]
        public let seconds: Double
    }

    public struct Seconds: Sendable, Codable {
        public var open: Double
        public var fuse: Double
        public var evaluate: Double
    }

    public let amalgam: String
    public let libtorch: String
    /// The recipe as TOML; it makes the same network again.
    public let recipe: String
    public let command: String
    public let method: String
    /// How much each parent counts, where the method weighs them.
    public let weights: [Double]?
    public let rows: [Row]
    public let groups: [Group]
    /// What was assumed of the parents' graphs, in sentences.
    public let assumed: [String]
    /// What was noticed, in sentences.
    public let notes: [String]
    /// What a reconstruction or a refinement did, where there was one.
    public let reconstruction: ReconstructionDiagnostics?
    /// What the automatic choice tried, in order.
    public let trials: [AutomaticTrial]
    public let data: String?
    public let evaluationData: String?
    public var output: String?
    /// The checksum of the fused parameters (``ParameterChecksum``).
    public let network: String
    /// What went in, with checksums; empty where they were not asked for.
    public let sources: [RunSource]
    /// As which run it was recorded.
    public var run: RunID?
    public let seconds: Seconds
    /// Resident memory at its highest, in bytes.
    public let peakMemory: Int

    public func row(_ role: Row.Role) -> Row? { rows.first { $0.role == role } }
}

extension FusionReport {
    /// The report as one JSON object.
    public func json() throws(RunError) -> String { try RunJSON.text(self) }
}
