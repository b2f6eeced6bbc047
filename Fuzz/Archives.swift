import Glibc

// A file of arrays: safetensors, PyTorch of both kinds, NumPy, a graph of torch.export, or anything else.

@_cdecl("LLVMFuzzerTestOneInput") public func fuzzOne(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    guard let data, size > 0 else { return 0 }
    let owner = Copy(data, size), view = ByteView(owner: owner, bytes: UnsafeRawBufferPointer(owner.memory))
    var limits = ArchiveLimits()
    // Else a checksum would refuse what the readers are to refuse; half of the inputs are compared with theirs.
    limits.verifiesChecksums = size % 2 == 0
    do {
        let archive = try Archive.open(view, path: "fuzz", limits: limits)
        try? archive.verifyChecksums()
        for array in archive.entries.prefix(64) where array.count <= 1 << 20 {
            _ = try? array.floats()
            _ = try? array.integers()
        }
    } catch {
        _ = String(describing: error)
    }
    _ = try? JSONValue.read(view, path: "fuzz", limits: limits)
    return 0
}

/// Ends with the test, so that a read behind the last byte is found.
private final class Copy {
    let memory: UnsafeMutableRawBufferPointer

    init(_ bytes: UnsafePointer<UInt8>, _ count: Int) {
        memory = .allocate(byteCount: count, alignment: 64)
        memory.copyMemory(from: UnsafeRawBufferPointer(start: bytes, count: count))
    }

    deinit { memory.deallocate() }
}
