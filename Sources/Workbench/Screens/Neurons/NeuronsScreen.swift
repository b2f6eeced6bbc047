import Screen

/// Screen 3: the neurons of one layer in every network.
struct NeuronsScreen: WorkbenchScreen {
    let title = "Neurons"
    let panels: [Panel] = [.strips]
    let quietPanels: [Panel] = [.neuron]

    func place(_ area: Rectangle, _ mode: Layout.Mode) -> [Panel: Rectangle] {
        let (strips, neuron) = area.split(right: mode == .large ? 56 : mode == .wide ? 42 : 30)
        return [.strips: strips, .neuron: neuron]
    }

    func draw(_ panel: Panel, of model: Model, in area: Rectangle, onto cells: inout Cells) {
        if panel == .strips { model.drawStrips(in: area, onto: &cells) } else { model.drawNeuron(in: area, onto: &cells) }
    }

    func perform(_ action: Action, on model: inout Model, now: Double) -> [Effect] { model.performOnNeurons(action) }

    func load(_ model: inout Model) -> [Effect] {
        model.takeSelectionFromMap()
        return model.loadNeurons()
    }

    func guidance(_ model: Model) -> String {
        model.neuronSnapshot == nil
            ? (model.opened.value == nil ? "No neurons yet: open parents on screen 1" : "Measuring the neurons …") : model.neuronSentence
    }

    func choices(_ model: Model) -> [LineItem] {
        guard let owner = model.neuronOwner else { return model.layerItems }
        return model.layerItems
            + model.neuronOrder(of: owner).prefix(10).map { neuron in
                LineItem(label: "neuron \(model.letter(owner.role))\(neuron)") { model, _ in
                    model.neurons.neuron = neuron
                    return model.performOnNeurons(.describe)
                }
            }
    }

    func reading(_ model: Model) -> [String] { [guidance(model)] }

    func exportName(_ model: Model) -> String { "neurons-\(model.layerFileName)-\(model.neurons.score.rawValue).csv" }

    func export(_ format: ExportFormat, _ model: Model) -> String? {
        model.neuronOwner == nil ? nil : format == .csv ? model.neuronsCSV : model.neuronsSVG
    }

    func isSame(_ a: Place, _ b: Place) -> Bool { a.group == b.group }
    func describe(_ place: Place) -> [String] { [place.group].compactMap(\.self) }
}
