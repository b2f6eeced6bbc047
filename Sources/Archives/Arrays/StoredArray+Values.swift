// The elements of an array as Swift numbers, in row-major order, whatever their type and strides in the file.

extension StoredArray {
    /// The elements as 32-bit floating-point numbers, rounded to nearest where the type is wider.
    package func floats() throws(ArchiveError) -> [Float] {
        switch elementType {
        case .f16: try values(Float16.self) { Float($0) }
        case .bf16: try values(UInt16.self) { Float(bitPattern: UInt32($0) << 16) }
        case .f32: try values(Float.self) { $0 }
        case .f64: try values(Double.self) { Float($0) }
        case .i8: try values(Int8.self) { Float($0) }
        case .i16: try values(Int16.self) { Float($0) }
        case .i32: try values(Int32.self) { Float($0) }
        case .i64: try values(Int64.self) { Float($0) }
        case .u8: try values(UInt8.self) { Float($0) }
        case .u16: try values(UInt16.self) { Float($0) }
        case .u32: try values(UInt32.self) { Float($0) }
        case .u64: try values(UInt64.self) { Float($0) }
        case .bool: try values(UInt8.self) { $0 == 0 ? 0 : 1 }
        case .c64, .c128: throw complex("Float")
        }
    }

    /// The elements as 64-bit floating-point numbers.
    package func doubles() throws(ArchiveError) -> [Double] {
        switch elementType {
        case .f64: try values(Double.self) { $0 }
        case .i64: try values(Int64.self) { Double($0) }
        case .i32: try values(Int32.self) { Double($0) }
        case .u32: try values(UInt32.self) { Double($0) }
        case .u64: try values(UInt64.self) { Double($0) }
        case .c64, .c128: throw complex("Double")
        case .f16, .bf16, .f32, .i8, .i16, .u8, .u16, .bool: try floats().map(Double.init)  // exact: all of these fit a Float
        }
    }

    /// The elements as integers; a fraction, an infinity or a number out of range is an error that names the element.
    package func integers() throws(ArchiveError) -> [Int] {
        switch elementType {
        case .i8: return try values(Int8.self) { Int($0) }
        case .i16: return try values(Int16.self) { Int($0) }
        case .i32: return try values(Int32.self) { Int($0) }
        case .i64: return try values(Int64.self) { Int($0) }
        case .u8: return try values(UInt8.self) { Int($0) }
        case .u16: return try values(UInt16.self) { Int($0) }
        case .u32: return try values(UInt32.self) { Int($0) }
        case .bool: return try values(UInt8.self) { $0 == 0 ? 0 : 1 }
        case .u64: return try exact(try values(UInt64.self) { $0 }) { Int(exactly: $0) }
        case .c64, .c128: throw complex("Int")
        case .f16, .bf16, .f32, .f64: return try exact(try doubles()) { Int(exactly: $0) }
        }
    }

    /// The elements as bytes, for arrays of type u8 or bool.
    package func bytes() throws(ArchiveError) -> [UInt8] {
        switch elementType {
        case .u8, .bool: return try values(UInt8.self) { $0 }
        default: return try exact(try integers()) { UInt8(exactly: $0) }
        }
    }

    /// How many elements are NaN or infinite.
    package func nonFiniteCount() throws(ArchiveError) -> Int {
        switch elementType {
        case .f64: try doubles().count { !$0.isFinite }
        case .f16, .bf16, .f32: try floats().count { !$0.isFinite }
        default: 0
        }
    }

    private func complex(_ type: String) -> ArchiveError {
        .notRepresentable(file: file, array: name, index: 0, value: "a complex number", type: type)
    }

    private func values<Stored: BitwiseCopyable, Value: BitwiseCopyable>(
        _ type: Stored.Type, _ convert: (Stored) -> Value
    ) throws(ArchiveError) -> [Value] {
        try storage.checkUnchanged()
        return storage.withUnsafeBytes { bytes in
            [Value](unsafeUninitializedCapacity: layout.count) { result, filled in
                layout.forEachRun { first, stride, length in
                    for element in 0..<length {
                        let start = (first + element * stride) * MemoryLayout<Stored>.size
                        result.initializeElement(
                            at: filled + element, to: convert(bytes.loadUnaligned(fromByteOffset: start, as: Stored.self)))
                    }
                    filled += length
                }
            }
        }
    }

    private func exact<Source, Value>(_ source: [Source], _ convert: (Source) -> Value?) throws(ArchiveError) -> [Value] {
        var result: [Value] = []
        result.reserveCapacity(source.count)
        for (index, element) in source.enumerated() {
            guard let value = convert(element) else {
                throw .notRepresentable(file: file, array: name, index: index, value: "\(element)", type: "\(Value.self)")
            }
            result.append(value)
        }
        return result
    }
}
