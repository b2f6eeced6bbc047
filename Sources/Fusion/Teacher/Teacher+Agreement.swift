import Networks
import Tensors

extension Teacher {
    /// Each parent's agreement with the teacher: the share of samples of which it predicts the same class; for outputs without softmax R², at least −9.99.
    func agreement(control: FusionControl, on inputs: ExpandedInputs) throws -> [Double] {
        guard rule != .outputs else { return try explained(on: inputs, control: control) { (_, answers) in answers } }
        var alike = parents.networks.map { _ in 0.0 }
        try forEachSampleBatch(of: inputs, control) { (_, answers) in
            let wanted = try largest(answers)
            for (parent, own) in answers.enumerated() { alike[parent] += try own.largestIndex(axis: 1).equals(wanted).sum().item() }
        }
        return alike.map { $0 / Double(inputs.samples) }
    }

    /// R² of some networks' outputs against the joint one; at least −9.99.
    func explained(
        on inputs: ExpandedInputs, control: FusionControl, _ outputs: (Int, [Tensor]) throws -> [Tensor]
    ) throws -> [Double] {
        var errors: [Double] = [], moments = OutputMoments()
        try forEachSampleBatch(of: inputs, control) { (batch, answers) in
            let joint = try weighted(answers), found = try outputs(batch, answers)
            if errors.isEmpty { errors = found.map { _ in 0 } }
            for (index, own) in found.enumerated() {
                errors[index] += try (own.converted(to: .float64).reshaped(joint.shape) - joint).squared().sum().item()
            }
            try moments.add(joint)
        }
        return errors.map { moments.explained(leaving: $0) }
    }

    /// The class that the teacher predicts.
    func largest(_ answers: [Tensor]) throws -> Tensor {
        try probabilities(answers, temperature: 1).largestIndex(axis: 1)
    }
}
