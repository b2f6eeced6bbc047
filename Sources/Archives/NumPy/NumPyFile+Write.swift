extension NumPyFile {
    /// Writes the arrays as `NAME.npy` members of a zip file.
    static func writeArchive(_ outgoing: OutgoingArrays, to file: AtomicFile) throws(ArchiveError) {
        var zip = ZipWriter(file)
        for (index, array) in outgoing.arrays.enumerated() {
            let header = try header(array, file: file.path)
            try zip.add(array.name + ".npy", size: header.count + outgoing.sizes[index]) { (sink) throws(ArchiveError) in
                let outcome = header.withUnsafeBytes { bytes in Result { () throws(ArchiveError) in try sink(bytes) } }
                try outcome.get()
                try outgoing.pass(index, to: sink)
            }
        }
        try zip.finish()
    }

    static func writeSingle(_ outgoing: OutgoingArrays, to file: AtomicFile) throws(ArchiveError) {
        guard let array = outgoing.arrays.first, outgoing.arrays.count == 1 else {
            throw .cannotWrite(file: file.path, reason: "an npy file holds one array, not \(outgoing.arrays.count); write npz instead")
        }
        try file.write(try header(array, file: file.path))
        try outgoing.pass(0) { (bytes) throws(ArchiveError) in try file.write(bytes) }
    }

    /// Version 1, padded so that the elements begin at a multiple of 64 bytes.
    private static func header(_ array: OutgoingArray, file: String) throws(ArchiveError) -> [UInt8] {
        guard let type = array.elementType.numpyName else {
            throw .cannotWrite(
                file: file, reason: "NumPy has no type \(array.elementType.rawValue), which array '\(array.name)' has; convert it to f32")
        }
        let order = array.elementType.size == 1 ? "|" : "<"
        let sizes = array.shape.map(String.init).joined(separator: ", ") + (array.shape.count == 1 ? "," : "")
        var text = "{'descr': '\(order)\(type)', 'fortran_order': False, 'shape': (\(sizes)), }"
        text += String(repeating: " ", count: 63 - (10 + text.utf8.count) % 64) + "\n"
        guard let length = UInt16(exactly: text.utf8.count) else {
            throw .cannotWrite(file: file, reason: "array '\(array.name)' has too many axes")
        }
        var header = ByteWriter()
        header.append([0x93] + Array("NUMPY".utf8) + [1, 0])
        header.integer(length)
        header.append(text.utf8)
        return header.bytes
    }
}
