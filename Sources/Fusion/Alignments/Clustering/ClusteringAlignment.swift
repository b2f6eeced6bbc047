import Networks
import Synchronization
import Transport

/// Matches or clusters the neurons of every group by the parents' own values: no layer is fitted, and no group depends on another.
///
/// The published methods compare instead what of these values the fused inputs of the layer can reproduce, and so need the regression of every
/// layer before it: ``LayerwiseRegression``. This alignment serves every other combination.
final class ClusteringAlignment: GroupwiseAlignment {
    let clustering: GroupClustering
    private let known = Mutex<(scores: [[[Double]]], geometries: [Int: NeuronGeometry])?>(nil)

    var parents: ParentSet { clustering.parents }
    var order: [NeuronGroup] { parents.groups.withoutHeadGroups }

    init(_ clustering: GroupClustering) { self.clustering = clustering }

    private func isRead(_ group: NeuronGroup) -> Bool { clustering.units.contains { $0.group.id == group.id } }

    func prepare(_ groups: [NeuronGroup], control: FusionControl) throws {
        let read = groups.filter(isRead)
        guard !read.isEmpty else { return }
        let found = (try clustering.scores(control: control), try clustering.geometries(of: read, control: control))
        known.withLock { $0 = found }
    }

    func couplings(of group: NeuronGroup, given plan: FusionPlan, control: FusionControl) throws -> [Coupling] {
        let fused = group.role == .hidden ? max(1, clustering.width(of: group)) : group.neurons
        guard isRead(group), let (scores, geometries) = known.withLock({ $0 }), let geometry = geometries[group.id] else {
            return try parents.couplings(byPositionOf: group, fused: fused)
        }
        return try clustering.couplings(of: group, geometry: geometry, scores: scores, fused: fused, control: control).couplings
    }

    var massesAreWeights: Bool { true }

    func couplings(of group: NeuronGroup, from stored: [StoredCoupling]) throws -> [Coupling] {
        try Clustering(stored).couplings(keepsCosts: false)
    }
}
