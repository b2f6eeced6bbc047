import Checkpoints
import Datasets
import Fusion
import Provenance

extension Parent {
    /// Parents as the samples of data sets have them: a parent whose input size was only assumed takes theirs.
    static func taking(_ datasets: [Dataset?], _ parents: [Parent]) throws -> [Parent] {
        guard let shape = datasets.compactMap({ $0 }).first?.sampleShape else { return parents }
        return try parents.map { parent in
            guard let taken = parent.checkpoint.taking(shape) else { return parent }
            return Parent(
                letter: parent.letter, name: parent.name, checkpoint: taken, network: try taken.network(dtype: parent.network.dtype),
                classNames: parent.classNames)
        }
    }

    /// What was assumed of the parents' graphs, a sentence each, with the files' names where there are several networks.
    static func assumptions(of parents: [Parent]) -> [String] {
        var sentences: [String] = [], owners: [String: [String]] = [:]
        for parent in parents {
            for sentence in parent.checkpoint.assumptions {
                if owners[sentence] == nil { sentences.append(sentence) }
                owners[sentence, default: []].append(parent.name)
            }
        }
        let all = Set(parents.map(\.name)).count
        return sentences.map { sentence in
            let names = owners[sentence] ?? []
            return Set(names).count == all ? sentence : "\(sentence) (\(names.joined(separator: ", ")))"
        }
    }
}
