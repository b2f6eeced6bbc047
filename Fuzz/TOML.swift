import TOMLKit

// A text that people write: themes, keys, recipes, sets, architecture files, sessions.

@_cdecl("LLVMFuzzerTestOneInput") public func fuzzOne(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    guard let data else { return 0 }
    let text = String(decoding: UnsafeBufferPointer(start: data, count: size), as: UTF8.self)
    do { _ = try TOMLTable(checking: text).convert() } catch { _ = String(describing: error) }
    return 0
}
