import Glibc

// One pickle, as it stands in a PyTorch file: what a mutation of a zip file seldom reaches.

@_cdecl("LLVMFuzzerTestOneInput") public func fuzzOne(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    guard let data, size > 0 else { return 0 }
    let memory = OwnedMemory(byteCount: size)
    memory.bytes.copyMemory(from: UnsafeRawBufferPointer(start: data, count: size))
    let view = ByteView(memory), budget = FileBudget(size: size, file: "fuzz", limits: ArchiveLimits())
    do {
        let graph = try PickleReader.read(ByteReader(view, file: "fuzz"), budget: budget)
        var collector = TorchCollector(graph: graph, file: "fuzz", place: nil, budget: budget)
        let storage = ByteView(OwnedMemory(byteCount: 64))
        _ = try collector.collect(key: nil) { (_, _) throws(ArchiveError) in storage }
    } catch {
        _ = String(describing: error)
    }
    return 0
}
