import Datasets
import Foundation
import Fusion
import Provenance
import TOMLFiles

/// A set of parents that comes with the program: a story, data, checkpoints, and a recipe to start with.
///
/// A set is a folder with a `set.toml`, which also says how its parents are trained, so that `amalgam samples build` makes them again.
package struct SampleSet: Sendable, Identifiable {
    /// One parent and how it is made.
    package struct Member: Sendable, Decodable, Equatable {
        package let file: String
        /// Which part of the split it is trained on, from 1.
        package let part: Int
        package let seed: UInt64
        package let network: ArchitectureSpec

        enum CodingKeys: String, CodingKey { case file, part, seed, network }

        package init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: CodingKeys.self)
            file = try values.decode(String.self, forKey: .file)
            part = try values.number(.part, in: 1...1_000_000)
            seed = try values.seed(.seed)
            network = try values.decode(ArchitectureSpec.self, forKey: .network)
        }
    }

    /// How the training data are dealt out.
    package struct Deal: Sendable, Codable, Equatable {
        package let kind: Partition.Kind
        package let parts: Int?
        package let labels: [[Int]]?
        package let label: Int?
        package let share: Double?
        package let seed: UInt64

        enum CodingKeys: String, CodingKey { case kind, parts, labels, label, share, seed }

        package init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: CodingKeys.self)
            kind = try values.decode(Partition.Kind.self, forKey: .kind)
            parts = try values.numberIfPresent(.parts, in: 1...1_000_000)
            labels = try values.decodeIfPresent([[Int]].self, forKey: .labels)
            label = try values.numberIfPresent(.label, in: 0...1_000_000)
            share = try values.decodeIfPresent(Double.self, forKey: .share)
            seed = try values.seed(.seed)
        }

        func partition(_ path: String) throws(RunError) -> Partition {
            do throws(Partition.Missing) { return try Partition(kind, parts: parts, labels: labels, label: label, share: share) } catch {
                throw RunError.file(path: path, line: nil, reason: "the split \(kind.rawValue) needs \(error.keys)")
            }
        }
    }

    package struct Schedule: Sendable, Codable, Equatable {
        package let epochs: Int
        package let batch: Int
        package let learningRate: Double
        package let weightDecay: Double?
        /// Epochs at a tenth of the learning rate after the others.
        package let coolDown: Int?
        /// Changes of the images, such as `crop=1`; with ``copies``, how often each image comes, every time changed anew.
        package let augmentation: Augmentation?
        package let copies: Int?

        enum CodingKeys: String, CodingKey {
            case epochs, batch, learningRate = "learning-rate", weightDecay = "weight-decay", coolDown = "cool-down", augmentation, copies
        }

        package init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: CodingKeys.self)
            epochs = try values.number(.epochs, in: 1...1_000_000)
            batch = try values.number(.batch, in: 1...1_000_000)
            learningRate = try values.decode(Double.self, forKey: .learningRate)
            weightDecay = try values.decodeIfPresent(Double.self, forKey: .weightDecay)
            coolDown = try values.numberIfPresent(.coolDown, in: 0...1_000_000)
            augmentation = try values.decodeIfPresent(Augmentation.self, forKey: .augmentation)
            copies = try values.numberIfPresent(.copies, in: 1...10_000)
        }
    }

    /// The folder's name.
    package let id: String
    /// Where it stands among the sets; sets without a number come after those with one.
    package let order: Int
    package let folder: String
    package let title: String
    package let story: String
    /// A data spec without a split.
    package let data: String
    package let split: Deal
    package let members: [Member]
    package let training: Schedule
    /// The recipe to start with: parents, data and evaluation filled in.
    package let recipe: Recipe

    package var parents: [String] { recipe.parents }

    /// Whether every parent's file is there.
    package var isComplete: Bool { parents.allSatisfy { FileManager.default.fileExists(atPath: $0) } }

    private struct File: Decodable {
        let order: Int?
        let title: String
        let story: String
        let data: String
        let split: Deal
        let training: Schedule
        let parents: [Member]
    }

    /// Reads `set.toml` in a folder.
    package init(folder: String) throws(RunError) {
        let path = (folder as NSString).appendingPathComponent("set.toml")
        let text: String
        do { text = try String(contentsOfFile: path, encoding: .utf8) } catch {
            throw RunError.file(
                path: path, line: nil,
                reason:
                    "it cannot be read: \(FileManager.default.fileExists(atPath: path) ? "not UTF-8 text, or not permitted" : "there is no such file")"
            )
        }
        let file: File, recipeText: String
        do {
            let table = try TOMLTable(checking: text)
            guard let recipe = table["recipe"]?.table else {
                throw RunError.file(path: path, line: nil, reason: "it has no table [recipe]")
            }
            recipeText = recipe.convert()
            table.remove(at: "recipe")
            file = try TOMLDecoder(strictDecoding: true).decode(File.self, from: table)
        } catch let error as RunError {
            throw error
        } catch let error as TOMLFault {
            throw RunError.file(path: path, line: error.line, reason: error.reason)
        } catch {
            throw RunError.file(path: path, line: nil, reason: Self.sentence(error))
        }
        guard file.parents.count >= 2 else { throw RunError.file(path: path, line: nil, reason: "a set needs at least two parents") }
        var recipe = try lifted { try Recipe(toml: recipeText, path: path) }
        recipe.parents = file.parents.map { (folder as NSString).appendingPathComponent($0.file) }
        recipe.data = recipe.data ?? file.data
        recipe.evaluation = recipe.evaluation ?? file.data
        id = (folder as NSString).lastPathComponent
        self.folder = folder
        order = file.order ?? .max
        title = file.title
        story = file.story
        data = file.data
        split = file.split
        members = file.parents
        training = file.training
        self.recipe = recipe
    }

    /// Codable's errors as sentences.
    private static func sentence(_ error: any Error) -> String {
        func place(_ path: [any CodingKey]) -> String {
            path.map { $0.intValue.map { "\($0 + 1)" } ?? $0.stringValue }.joined(separator: ".")
        }
        switch error {
        case DecodingError.keyNotFound(let key, let context): return "\(place(context.codingPath + [key])) is missing"
        case let unfit as Unfit: return "\(place(unfit.place)) \(unfit.reason)"
        case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context),
            DecodingError.dataCorrupted(let context):
            return "\(place(context.codingPath)) has the wrong type"
        default: return "\(error)"
        }
    }
}

/// Numbers of a file that a person wrote: a whole number that is out of its range is an error that says the range.
extension KeyedDecodingContainer {
    func number(_ key: Key, in range: ClosedRange<Int>) throws -> Int {
        let wanted = "should be a whole number from \(range.lowerBound) to \(range.upperBound)"
        guard let number = try whole(key) else { throw Unfit(place: codingPath + [key], reason: wanted) }
        guard range.contains(number) else { throw Unfit(place: codingPath + [key], reason: "\(wanted), not \(number)") }
        return number
    }

    func numberIfPresent(_ key: Key, in range: ClosedRange<Int>) throws -> Int? { contains(key) ? try number(key, in: range) : nil }

    /// A seed, which TOML's signed numbers hold from 0 on.
    func seed(_ key: Key) throws -> UInt64 {
        let wanted = "should be a whole number from 0 on"
        guard let number = try whole(key) else { throw Unfit(place: codingPath + [key], reason: wanted) }
        guard let seed = UInt64(exactly: number) else { throw Unfit(place: codingPath + [key], reason: "\(wanted), not \(number)") }
        return seed
    }

    /// The number under a key that must be there; nil where something else stands under it, which the decoder calls missing.
    private func whole(_ key: Key) throws -> Int? {
        if !contains(key) { return try decode(Int.self, forKey: key) }
        return try? decode(Int.self, forKey: key)
    }
}

/// A value of the right kind that does not fit.
private struct Unfit: Error {
    let place: [any CodingKey]
    let reason: String
}

/// The sets in a folder, in their order.
package struct SampleLibrary: Sendable {
    package let folder: String
    package let sets: [SampleSet]
    /// Sets that could not be read, and why.
    package let problems: [String]

    /// - Parameter folder: nil looks for `sample-models`.
    package init(folder named: String? = nil) throws(RunError) {
        folder = if let named { named } else { Paths.shown(try Home.folder("sample-models")) }
        let names: [String]
        do { names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted() } catch {
            throw RunError.file(path: folder, line: nil, reason: "the folder of sample sets cannot be read")
        }
        var sets: [SampleSet] = [], problems: [String] = []
        for name in names {
            let place = (folder as NSString).appendingPathComponent(name)
            guard FileManager.default.fileExists(atPath: (place as NSString).appendingPathComponent("set.toml")) else { continue }
            do { sets.append(try SampleSet(folder: place)) } catch { problems.append("\(error)") }
        }
        self.sets = sets.sorted { ($0.order, $0.id) < ($1.order, $1.id) }
        self.problems = problems
    }

    package func named(_ id: String) throws(RunError) -> SampleSet {
        guard let found = sets.first(where: { $0.id == id }) else {
            throw RunError.missing(
                what: "the sample set “\(id)”", lookedIn: [folder], next: "there are \(sets.map(\.id).joined(separator: ", "))")
        }
        return found
    }
}
