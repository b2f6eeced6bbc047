import Checkpoints
import Networks

extension [Parent] {
    /// Parents whose graph came from a file, with the neuron groups that the permutation check proves; a group that fails keeps its order in all of them.
    ///
    /// The groups are those of the graph, so one parent is checked, on random inputs and with its parameters shaken.
    ///
    /// - Returns: the parents, and what to say before the result.
    package func proven() throws -> (parents: [Parent], notes: [String]) {
        guard let first = first(where: { $0.checkpoint.architectureSource.isExported }) else { return (self, []) }
        let kept: [String]
        do { kept = try first.network.proven().kept } catch {
            return (self, ["the permutation check of \(first.name) proves nothing of its neuron groups: \(error)"])
        }
        guard !kept.isEmpty else { return (self, []) }
        let note =
            "warning: permuting \(kept.joined(separator: ", ")) changes the outputs of \(first.name), although the graph says otherwise: these neurons keep their order. Please report this network"
        return (
            try map { parent in
                Parent(
                    letter: parent.letter, name: parent.name, checkpoint: parent.checkpoint, network: try parent.network.keeping(Set(kept)),
                    classNames: parent.classNames)
            }, [note]
        )
    }
}
