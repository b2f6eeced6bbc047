import Testing

@testable import Archives

@Suite struct HostileSafetensorsTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private static let one = #""a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}"#

    @Test(
        "a header that lies is refused with its place and reason",
        arguments: [
            ("{}", 0, 200, "header length is 200 bytes but only 2 follow"),
            ("{\(one)}", 4, nil, "does not lie in the 4 bytes of data"),
            ("{\(one)}", 12, nil, "4 bytes belong to no array"),
            (#"{\#(one),"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, 8, nil, "'b' overlaps"),
            (#"{\#(one),"b":{"dtype":"F32","shape":[1],"data_offsets":[12,16]}}"#, 16, nil, "gap of 4 bytes before array 'b'"),
            (#"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}"#, 8, nil, "does not match the 8 bytes"),
            (#"{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}"#, 8, nil, "-2 is negative"),
            (#"{"a":{"dtype":"F32","shape":[4294967296,4294967296,4],"data_offsets":[0,8]}}"#, 8, nil, "does not match"),
            (#"{"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,8]}}"#, 8, nil, "not a length or offset"),
            (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}"#, 8, nil, "does not lie in"),
            (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}}"#, 8, nil, "lacks dtype"),
            (#"{"a":{"dtype":"F8_E4M3","shape":[8],"data_offsets":[0,8]}}"#, 8, nil, "elements of type F8_E4M3"),
            ("{\(one),\(one)}", 8, nil, "'a' stands twice"),
            (#"{"__metadata__":{"k":"1","k":"2"},\#(one)}"#, 8, nil, "'k' stands twice"),
            (#"{"__metadata__":{"k":1},\#(one)}"#, 8, nil, "expected"),
            ("{\(one)} x", 8, nil, "data after its closing brace"),
            ("{\(one)", 8, nil, "missing at its end"),
            (#"{"a"#, 0, nil, "not terminated"),
            (#"{"\ud800":{}}"#, 0, nil, "half of a surrogate pair"),
            ("{\"a\u{1}\":{}}", 0, nil, "control character"),
            (String(repeating: #"{"a":"#, count: 5000), 0, nil, "unknown property"),
        ] as [(String, Int, UInt64?, String)])
    func lies(header: String, data: Int, length: UInt64?, reason: String) throws {
        let message = try refusal(of: safetensors(header, data: data, length: length), in: folder)
        #expect(message.contains(reason), "\(message)")
    }

    @Test("an oversized header is refused before it is read")
    func oversized() throws {
        let message = try refusal(of: safetensors("{", data: 4, length: 200_000_000), in: folder)
        #expect(message.contains("more than the limit of 100000000"))
        #expect(try refusal(of: safetensors("{", data: 4, length: .max), in: folder).contains("impossible"))
    }

    @Test("names and numbers are shown with their control characters escaped")
    func escaped() throws {
        let header = #"{"\u001b[2J\u009b\u202e":{"dtype":"\u0007","shape":[2],"data_offsets":[0,8]}}"#
        let message = try refusal(of: safetensors(header, data: 8), in: folder)
        #expect(message.contains(#"^[[2J\u{9b}\u{202e}"#) && message.contains("^G"))
        #expect(!message.unicodeScalars.contains { $0.properties.generalCategory == .control })
    }

    @Test("arrays that hold NaN are read, and counted")
    func nonFinite() throws {
        let path = folder.path("nan.safetensors")
        try Archive.write(
            [OutgoingArray("a", [.nan, 1, -.infinity] as [Float], shape: [3]), OutgoingArray("i", [1], shape: [])], to: path,
            as: .safetensors)
        let archive = try Archive.open(path)
        #expect(try archive.array("a").nonFiniteCount() == 2)
        #expect(try archive.array("i").nonFiniteCount() == 0)
        let error = #expect(throws: ArchiveError.self) { try archive.array("a").integers() }
        #expect(error?.description.contains("array 'a', element 0: nan is not representable as Int") == true)
        let missing = #expect(throws: ArchiveError.self) { try archive.array("b") }
        #expect(missing?.description.contains("no array named 'b'; it holds a, i") == true)
    }
}
