import Archives
import Networks
import Tensors

/// One checksum of all numbers of a network: the same for two files that hold the same network in different formats.
package enum ParameterChecksum {
    /// SHA-256 over name, type, shape and elements of every parameter, in the order of the architecture. Elements are row-major and little-endian.
    package static func of(_ network: Network) throws -> String {
        var hash = SHA256()
        for name in network.parameterNames {
            let value = try network.parameter(name)
            hash.update(Array("\(name)\0\(try value.dtype())\0\(value.shape.map(String.init).joined(separator: ","))\0".utf8))
            try value.withBytes { hash.update($0) }
        }
        return hash.hexadecimal()
    }
}
