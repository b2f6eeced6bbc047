import Networks

extension ParentSet {
    /// Refuses graphs of which no wide network exists whose parts are the parents'.
    ///
    /// - Parameter method: what selects the neurons, for the errors.
    func requireTransplantable(for method: String = Transplantation.method.title) throws {
        try requireEqualOptions()
        let shared = referenceNetwork.sharedNames
        func role(_ part: AxisLayout.Part) -> NeuronGroup.Role { groups[part.group]?.role ?? .hidden }
        for layer in referenceNetwork.trace.layers {
            for parameter in layer.parameters where parameter.role != .counter {
                for (axis, layout) in groups.layouts[parameter.fullName] ?? [:] {
                    let roles = layout.parts.map(role)
                    if axis == 0, roles.contains(.input), shared.contains(parameter.fullName) {
                        throw FusionError.unsupported(
                            method: method, layer: layer.id,
                            reason:
                                "\(parameter.fullName) is tied between a layer that reads the network's input and one that reads its output, so these neurons are in the input's order and cannot be selected; average, otfusion, git-rebasin, hf and kf fuse such networks"
                        )
                    }
                    if axis == 0, roles.contains(.input) {
                        throw FusionError.unsupported(
                            method: method, layer: layer.id,
                            reason:
                                "it writes to the network's own input or works on it channel by channel, and the parents would have to share one set of its weights"
                        )
                    }
                    if axis == parameter.outputAxis ?? 0, roles.contains(.fixed) {
                        throw FusionError.unsupported(
                            method: method, layer: layer.id,
                            reason:
                                "its neurons are told apart by what reads them, so these cannot be selected; average, otfusion and git-rebasin fuse such networks"
                        )
                    }
                    if axis > 0, roles.contains(.classes) {
                        throw FusionError.unsupported(
                            method: method, layer: layer.id, reason: "it reads the classes, which the parents share")
                    }
                    let isScale = parameter.shape.count == 1 && (parameter.role == .statistic || parameter.fullName.hasSuffix("weight"))
                    if axis == 0, isScale, roles.contains(.classes) {
                        throw FusionError.unsupported(
                            method: method, layer: layer.id,
                            reason: "it normalises the classes, which the parents share")
                    }
                }
            }
        }
    }

    /// What parameters do not tell must agree: strides, padding, ε, the kind of nonlinearity. Only the first parent's would be kept.
    private func requireEqualOptions() throws {
        for (parent, network) in networks.enumerated() {
            for (mine, theirs) in zip(network.architecture.nodes, referenceNetwork.architecture.nodes) {
                // Options that follow from widths may differ; heads may not, for they must be as many groups inside.
                let counted = mine.layer is Attention ? [:] : network.countingOptions(of: mine, widths: [:])
                func options(_ layer: any Layer) -> [(name: String, value: OptionValue)] {
                    (layer as? Operation)?.optionsBesideSizes ?? layer.options.filter { counted[$0.name] == nil }
                }
                let own = options(mine.layer), model = options(theirs.layer)
                guard own.map(\.name) == model.map(\.name), own.map(\.value) == model.map(\.value) else {
                    throw FusionError.mismatch(
                        parent: parent, reference: reference,
                        reason:
                            "layer \(mine.id) has the options \(Self.text(own)) in one, \(theirs.id) has \(Self.text(model)) in the other")
                }
            }
            for (name, layouts) in network.groups.layouts {
                let model = groups.layouts[self.referenceName(of: name, in: parent)] ?? [:]
                guard layouts.mapValues({ $0.parts.map(\.block) }) == model.mapValues({ $0.parts.map(\.block) }) else {
                    throw FusionError.mismatch(
                        parent: parent, reference: reference, reason: "\(name) reads another number of positions for each channel")
                }
            }
        }
    }

    private func referenceName(of name: String, in parent: Int) -> String {
        networks[parent].parameterNames.firstIndex(of: name).map { referenceNetwork.parameterNames[$0] } ?? name
    }

    private static func text(_ options: [(name: String, value: OptionValue)]) -> String {
        options.isEmpty ? "by default" : options.map { "\($0.name) = \($0.value)" }.joined(separator: ", ")
    }
}
