/// Finds the named tensors in what a PyTorch file's pickle describes.
///
/// A whole module is walked through `_parameters`, `_buffers` and `_modules` in registration order, which gives the names of its state dict.
/// A dictionary is the state dict itself, or wraps it under a usual key; what stands beside it becomes facts.
struct TorchCollector {
    typealias StorageSource = (_ reference: TorchStorageReference, _ offset: Int) throws(ArchiveError) -> ByteView

    let graph: PickleGraph
    let file: String
    let place: String?
    let limits: ArchiveLimits

    var contents = ArchiveContents(provenance: "")
    var tensors: [(name: String, value: PickleValue)] = []
    /// The nodes that are being walked, outermost first: one that comes again is a cycle.
    var path: [Int] = []
    var visits = 0
    /// Nodes known not to lead to a tensor.
    private var cleared: Set<Int> = []

    init(graph: PickleGraph, file: String, place: String?, limits: ArchiveLimits) {
        self.graph = graph
        self.file = file
        self.place = place
        self.limits = limits
    }

    /// The contents of the file, every tensor bound to its storage.
    mutating func collect(_ storage: StorageSource) throws(ArchiveError) -> ArchiveContents {
        contents.provenance = try findTensors()
        guard !tensors.isEmpty else {
            throw .unsupported(file: file, place: place ?? "the pickle", reason: "\(contents.provenance) without a tensor", advice: "save the model's state_dict()")
        }
        stripWrapperPrefixes()
        var names: Set<String> = []
        for (name, value) in tensors {
            let array = try bind(name, value, storage)
            guard names.insert(name).inserted else { throw damaged("two tensors are named '\(name)'", at: graph.node(value)?.offset ?? 0) }
            contents.entries.append(array)
        }
        return contents
    }

    // MARK: one tensor

    private func bind(_ name: String, _ value: PickleValue, _ storage: StorageSource) throws(ArchiveError) -> StoredArray {
        guard let node = graph.node(value), case .tensor(let tensor) = node.kind else { throw damaged("'\(name)' is no tensor", at: 0) }
        let storageClass = try TorchStorageClass(tensor.storage, file: file, place: place, offset: node.offset)
        guard let type = elementType(of: tensor, storageClass) else {
            throw .unsupported(
                file: file, place: "tensor '\(name)'", reason: "elements of type \(tensor.typeName ?? "unknown")",
                advice: "quantized, complex and 8-bit floating-point tensors are not read; save them as float32")
        }
        let bytes = try storage(tensor.storage, node.offset)
        let count = tensor.storage.view?.count ?? tensor.storage.count
        let (size, overflow) = count.multipliedReportingOverflow(by: storageClass.elementSize)
        guard !overflow, let part = bytes.slice(0, size) else {
            throw damaged("storage '\(tensor.storage.key)' of tensor '\(name)' holds \(bytes.count) bytes, but \(count) elements are expected", at: node.offset)
        }
        return try StoredArray(
            name: name, elementType: type, shape: tensor.shape, strides: tensor.strides, offset: tensor.offset, storage: part,
            storageName: tensor.storage.key, file: file, place: place, position: node.offset, limits: limits)
    }

    private func elementType(of tensor: TorchTensorReference, _ storageClass: TorchStorageClass) -> ElementType? {
        guard let name = tensor.typeName else { return storageClass.elementType }
        return ElementType.allCases.first { $0.torchName == name }
    }

    /// Adds a tensor; refuses one that cannot be read, and an object that hides one. False where the value has nothing to do with tensors.
    mutating func addTensor(_ name: String, _ value: PickleValue) throws(ArchiveError) -> Bool {
        guard let node = graph.node(value) else { return false }
        switch node.kind {
        case .tensor:
            guard tensors.count < limits.arrays else { throw exceeded("it names more arrays", limits.arrays) }
            tensors.append((name, value))
            return true
        case .refusedTensor(let reason):
            throw .unsupported(file: file, place: "tensor '\(name)'", reason: "it \(reason)", advice: "save it as an ordinary dense tensor (weight.dequantize().to_dense().contiguous())")
        case .object where leadsToTensor(value):
            throw .unsupported(
                file: file, place: "tensor '\(name)'", reason: "it is kept inside an object of class \(graph.className(value) ?? "unknown"), which is not known here",
                advice: "save it as an ordinary tensor")
        default:
            return false
        }
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

    // MARK: names

    /// `module.` is what DataParallel puts before every name, `_orig_mod.` what torch.compile does.
    private mutating func stripWrapperPrefixes() {
        for prefix in ["module.", "_orig_mod.", "module."] where tensors.allSatisfy({ $0.name.hasPrefix(prefix) && $0.name.count > prefix.count }) {
            tensors = tensors.map { (String($0.name.dropFirst(prefix.count)), $0.value) }
            contents.provenance += ", names without their prefix '\(prefix)'"
        }
    }

    // MARK: walking

    /// Walks into a node, refusing cycles, depth and endless repetition.
    mutating func entering(_ value: PickleValue, _ name: String, _ walk: (inout TorchCollector) throws(ArchiveError) -> Void) throws(ArchiveError) {
        guard case .node(let index) = value else { return }
        let offset = graph.node(value)?.offset ?? 0
        guard !path.contains(index) else { throw damaged("'\(name)' contains itself (a cyclic pickle)", at: offset) }
        guard path.count < limits.nesting else { throw exceeded("'\(name)' is nested deeper", limits.nesting) }
        try visit()
        path.append(index)
        try walk(&self)
        path.removeLast()
    }

    mutating func visit() throws(ArchiveError) {
        visits += 1
        guard visits <= limits.pickleObjects else { throw exceeded("the same objects are repeated more often", limits.pickleObjects) }
    }

    func damaged(_ reason: String, at offset: Int) -> ArchiveError {
        .damaged(file: file, place: place, offset: offset, reason: reason)
    }

    func exceeded(_ what: String, _ limit: Int) -> ArchiveError {
        .exceedsLimit(file: file, place: place ?? "the pickle", what: what, limit: limit)
    }
}
