import Archives
import Foundation
import Tensors

/// What a case states, and how much of it was compared.
///
/// Every value below the sections of `case.json` that state results, and every tensor of `expected.safetensors`, is an expectation. It is
/// closed by a comparison, or by one sentence that says why there is nothing to compare. What stays open was not understood, and a case
/// with an open expectation does not agree.
final class Expectations {
    private let golden: GoldenCase
    private let archive: Archive?
    private var open: Set<String> = []
    /// Comparisons that failed, in sentences.
    private(set) var differences: [String] = []
    /// What keeps expectations from being compared here, in sentences.
    private var reasons: [String] = []
    private(set) var compared = 0

    /// - Parameters:
    ///   - sections: the keys of `case.json` that state results.
    ///   - descriptive: keys anywhere below them that describe the case or the reference's run rather than a result.
    init(_ golden: GoldenCase, sections: [String], descriptive: Set<String>) throws {
        self.golden = golden
        archive = golden.holds("expected.safetensors") ? try golden.archive("expected.safetensors") : nil
        for section in sections {
            for leaf in golden.json[section]?.leaves ?? [] {
                let words = leaf.split(separator: ".").map { String($0.prefix { $0 != "[" }) }
                if !words.contains(where: descriptive.contains) { open.insert(leaf) }
            }
        }
        for entry in archive?.entries ?? [] { open.insert(Self.tensor(entry.name)) }
        // A key that no case of ours has may state something too.
        for key in golden.json.keys where !sections.contains(key) && !Self.described.contains(key) { open.insert(key) }
    }

    private static let described: Set<String> = [
        "architecture", "authors_flags", "batchnorm_note", "case", "dataset", "expected_meaning", "finetune_recipe", "fusion_mode", "id",
        "inputs", "kept_index_convention", "layer_index", "layer_order", "level_last_op", "method", "network", "notes", "num_parents",
        "options", "parent_count", "parents", "parents_trained", "published_program_flags", "reference", "reference_run",
        "reload_verified", "steps", "tensor_naming", "title", "tolerance", "validation", "description", "definitions",
    ]

    private static func tensor(_ name: String) -> String { "expected.safetensors: \(name)" }

    /// The names of the stored tensors.
    var tensorNames: [String] { archive?.entries.map(\.name) ?? [] }

    /// An expected tensor, which the caller compares; nil where none of that name is stored.
    func stored(_ name: String) -> StoredArray? { archive?[name] }

    // MARK: Comparisons

    /// Closes a stated value by a comparison.
    func check(_ stated: JSON?, _ holds: Bool, _ sentence: @autoclosure () -> String) {
        guard let stated, !stated.isNull else { return }
        close(stated.path, holds, sentence())
    }

    func number(_ stated: JSON?, _ ours: @autoclosure () throws -> Double, within tolerance: Double, _ what: String) throws {
        guard let stated, !stated.isNull else { return }
        guard let number = stated.number else { throw golden.notUnderstood("\(stated.path), which is not a number,") }
        let ours = try ours()
        close(stated.path, abs(ours - number) <= tolerance, "\(what) is \(ours), stated \(number)")
    }

    /// Closes a stored tensor by a comparison.
    func check(tensor name: String, _ holds: Bool, _ sentence: @autoclosure () -> String) {
        close(Self.tensor(name), holds, sentence())
    }

    /// Closes a stored tensor by its largest difference to ours, absolute or as a share of its own largest value.
    func tensor(
        _ name: String, _ ours: @autoclosure () throws -> [Double], within tolerance: Double, relative: Bool = false, _ what: String
    ) throws {
        guard let theirs = stored(name) else { return }
        let difference = try relative ? relativeDifference(ours(), theirs) : largestDifference(ours(), theirs)
        close(Self.tensor(name), difference <= tolerance, "\(what) differs by \(difference)")
    }

    /// A comparison of ours that belongs to no single stated value.
    func hold(_ holds: Bool, _ sentence: @autoclosure () -> String) {
        compared += 1
        if !holds { differences.append(sentence()) }
    }

    private func close(_ place: String, _ holds: Bool, _ sentence: String) {
        open.remove(place)
        hold(holds, sentence)
    }

    // MARK: What there is nothing to compare with

    /// Closes stated values whose numbers say nothing about another program's result: the optimum is not unique, or they belong to the
    /// reference's own iterations.
    func leave(_ stated: JSON?) { for leaf in stated?.leaves ?? [] { open.remove(leaf) } }
    func leave(tensor name: String) { open.remove(Self.tensor(name)) }

    /// Says why expectations stay open that cannot be compared here.
    func cannot(_ why: String) { if !reasons.contains(why) { reasons.append(why) } }

    /// A sentence for every expectation that nothing has compared; one for all where it is known why.
    var unmetSentences: [String] {
        let unmet = open.sorted()
        guard let first = unmet.first, !reasons.isEmpty else { return unmet.map { "the expectation \($0) is not understood" } }
        return ["\(reasons.joined(separator: "; ")): \(unmet.count) expectations were not compared, \(first) among them"]
    }
}

/// The largest difference; infinite where the counts differ or a number is not finite.
func largestDifference(_ ours: [Double], _ theirs: StoredArray) throws -> Double {
    let expected = try theirs.doubles()
    guard ours.count == expected.count else { return .infinity }
    return zip(ours, expected).reduce(0) { worst, pair in
        let difference = abs(pair.0 - pair.1)
        return difference.isNaN ? .infinity : max(worst, difference)
    }
}

/// The largest difference as a share of the largest expected value.
func relativeDifference(_ ours: [Double], _ theirs: StoredArray) throws -> Double {
    let largest = try theirs.doubles().map(abs).max() ?? 1
    return try largestDifference(ours, theirs) / max(largest, .leastNormalMagnitude)
}

extension Tensor {
    var doubles: [Double] { get throws { try array(of: Double.self) } }
}
