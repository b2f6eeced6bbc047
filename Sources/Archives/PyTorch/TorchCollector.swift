/// Finds the named tensors in what a PyTorch file's pickle describes.
///
/// A whole module is walked through `_parameters`, `_buffers` and `_modules` in registration order, which gives the names of its state dict.
/// A dictionary is the state dict itself, or wraps it under a usual key; what stands beside it becomes facts.
struct TorchCollector {
    typealias StorageSource = (_ reference: TorchStorageReference, _ offset: Int) throws(ArchiveError) -> ByteView

    let graph: PickleGraph
    let file: String
    let place: String?
    let budget: FileBudget

    var contents = ArchiveContents(provenance: "")
    var tensors: [(name: String, value: PickleValue)] = []
    /// Tensors that cannot be read, and why.
    var refused: [RefusedArray] = []
    /// The nodes that are being walked, outermost first: one that comes again is a cycle.
    var path: [Int] = []
    /// Nodes known not to lead to a tensor.
    private var cleared: Set<Int> = []

    init(graph: PickleGraph, file: String, place: String?, budget: FileBudget) {
        self.graph = graph
        self.file = file
        self.place = place
        self.budget = budget
    }

    /// The contents of the file, every tensor bound to its storage.
    mutating func collect(key: String?, _ storage: StorageSource) throws(ArchiveError) -> ArchiveContents {
        contents.provenance = try findTensors(under: key)
        if tensors.isEmpty, let first = refused.first { throw first.error }
        guard !tensors.isEmpty else {
            throw .unsupported(
                file: file, place: place ?? "the pickle", reason: "\(contents.provenance) without a tensor",
                advice: "save the model's state_dict()")
        }
        var names: Set<String> = []
        for (name, value) in tensors {
            guard names.insert(name).inserted else { throw damaged("two tensors are named '\(name)'", at: graph.node(value)?.offset ?? 0) }
            do throws(ArchiveError) { contents.entries.append(try bind(name, value, storage)) } catch {
                guard case .unsupported = error else { throw error }
                refused.append(RefusedArray(name: name, error: error))
            }
        }
        if contents.entries.isEmpty, let first = refused.first { throw first.error }
        contents.refused = refused
        return contents
    }

    // MARK: one tensor

    var limits: ArchiveLimits { budget.limits }

    private func bind(_ name: String, _ value: PickleValue, _ storage: StorageSource) throws(ArchiveError) -> StoredArray {
        guard let node = graph.node(value), case .tensor(let tensor) = node.kind else { throw damaged("'\(name)' is not a tensor", at: 0) }
        let storageClass = try TorchStorageClass(tensor.storage, file: file, place: place, offset: node.offset)
        guard let type = elementType(of: tensor, storageClass) else {
            throw .unsupported(
                file: file, place: "tensor '\(name)'", reason: "elements of type \(tensor.typeName ?? "unknown")",
                advice: "quantized and 8-bit floating-point tensors are not read; save them as float32")
        }
        let bytes = try storage(tensor.storage, node.offset)
        let count = tensor.storage.view?.count ?? tensor.storage.count
        let (size, overflow) = count.multipliedReportingOverflow(by: storageClass.elementSize)
        guard !overflow, let part = bytes.slice(0, size) else {
            throw damaged(
                "storage '\(tensor.storage.key)' of tensor '\(name)' holds \(bytes.count) bytes, but \(count) elements are expected",
                at: node.offset)
        }
        return try StoredArray(
            name: name, elementType: type, shape: tensor.shape, strides: tensor.strides, offset: tensor.offset, storage: part,
            storageName: tensor.storage.key, file: file, place: place, position: node.offset, budget: budget)
    }

    private func elementType(of tensor: TorchTensorReference, _ storageClass: TorchStorageClass) -> ElementType? {
        guard let name = tensor.typeName else { return storageClass.elementType }
        return ElementType.allCases.first { $0.torchName == name }
    }

    /// Adds a tensor; notes one that cannot be read, and an object that hides one. False where the value has nothing to do with tensors.
    mutating func addTensor(_ name: String, _ value: PickleValue) throws(ArchiveError) -> Bool {
        guard let node = graph.node(value) else { return false }
        switch node.kind {
        case .tensor:
            guard tensors.count < limits.arrays else { throw exceeded("it names more arrays", limits.arrays) }
            try budget.text(name, place ?? "the pickle")
            tensors.append((name, value))
            return true
        case .refusedTensor(let reason):
            try refuse(name, "it \(reason)", "save it as an ordinary dense tensor (weight.dequantize().to_dense().contiguous())")
            return true
        case .list where holdsRefusedTensor(node), .tuple where holdsRefusedTensor(node):
            try refuse(name, "it is a packed weight of a quantized layer", "save the network before it is quantized")
            return true
        case .object where leadsToTensor(value):
            try refuse(
                name, "it is inside an object of class \(graph.className(value) ?? "unknown"), which is unknown here",
                "save it as an ordinary tensor")
            return true
        default:
            return false
        }
    }

    private mutating func refuse(_ name: String, _ reason: String, _ advice: String) throws(ArchiveError) {
        try budget.take(FileBudget.Cost.array, place ?? "the pickle")
        try budget.text(name, place ?? "the pickle")
        try budget.text(reason, place ?? "the pickle")
        refused.append(RefusedArray(name: name, error: .unsupported(file: file, place: "tensor '\(name)'", reason: reason, advice: advice)))
    }

    private func holdsRefusedTensor(_ node: PickleNode) -> Bool {
        node.items.prefix(8).contains { item in if case .refusedTensor? = graph.node(item)?.kind { true } else { false } }
    }

    /// Whether following the value's parts comes upon a tensor or storage.
    private mutating func leadsToTensor(_ value: PickleValue) -> Bool {
        var pending = [value]
        while let next = pending.popLast() {
            guard case .node(let index) = next, cleared.insert(index).inserted, let node = graph.node(next) else { continue }
            switch node.kind {
            case .tensor, .refusedTensor, .storage: return true
            case .object(let type, let arguments): pending += [type, arguments]
            default: break
            }
            pending += node.items
            if let state = node.state { pending.append(state) }
        }
        return false
    }

    // MARK: walking

    /// Walks into a node, refusing cycles, depth and endless repetition.
    mutating func entering(
        _ value: PickleValue, _ name: String, _ walk: (inout TorchCollector) throws(ArchiveError) -> Void
    ) throws(ArchiveError) {
        guard case .node(let index) = value else { return }
        let offset = graph.node(value)?.offset ?? 0
        guard !path.contains(index) else { throw damaged("'\(name)' contains itself (a cyclic pickle)", at: offset) }
        guard path.count < limits.nesting else { throw exceeded("'\(name)' is nested deeper", limits.nesting) }
        try visit()
        path.append(index)
        try walk(&self)
        path.removeLast()
    }

    /// Counts a step of the walk, or as many as a dictionary has entries that are looked through.
    func visit(_ steps: Int = 1) throws(ArchiveError) {
        try budget.step(steps, place ?? "the pickle")
    }

    /// The name of what stands under a key: it may not grow without end.
    func joined(_ prefix: String, _ key: String, by separator: String = ".") throws(ArchiveError) -> String {
        let length = prefix.utf8.count + key.utf8.count  // checked: both are texts in memory
        guard length < limits.nameBytes else {
            throw exceeded("the name of a tensor, with all keys on the way to it, is longer", limits.nameBytes)
        }
        try visit(1 + length / 64)  // checked: a small number
        return prefix.isEmpty ? key : prefix + separator + key
    }

    func damaged(_ reason: String, at offset: Int) -> ArchiveError {
        .damaged(file: file, place: place, offset: offset, reason: reason)
    }

    func exceeded(_ what: String, _ limit: Int) -> ArchiveError {
        .exceedsLimit(file: file, place: place ?? "the pickle", what: what, limit: limit)
    }
}
