import Foundation

/// By which of its addresses this machine reaches a host, and is reached from there.
enum LocalAddress {
    /// - Returns: nil where the host has no address, or no way leads there.
    static func towards(_ host: String) -> String? {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_DGRAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        // Nothing is sent: the port does not matter.
        guard getaddrinfo(host, "9", &hints, &found) == 0 else { return nil }
        defer { freeaddrinfo(found) }
        var next = found
        while let entry = next?.pointee {
            next = entry.ai_next
            let socket = socket(entry.ai_family, entry.ai_socktype, entry.ai_protocol)
            guard socket >= 0 else { continue }
            defer { close(socket) }
            guard connect(socket, entry.ai_addr, entry.ai_addrlen) == 0 else { continue }
            if let own = name(of: socket) { return own }
        }
        return nil
    }

    private static func name(of socket: Int32) -> String? {
        var storage = sockaddr_storage(), length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutablePointer(to: &storage) { storage in
            storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                guard getsockname(socket, address, &length) == 0 else { return nil }
                var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
                guard getnameinfo(address, length, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0 else { return nil }
                return text.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } }
            }
        }
    }
}
