import Testing

@testable import Datasets

@Suite("Which class a folder stands for") struct ClassAssignmentTests {
    private func network(_ outputs: Int, _ names: [String]? = nil) -> NetworkSignature {
        NetworkSignature(name: "net.pt", inputShape: [1, 8, 8], outputs: outputs, classNames: names, needsClasses: true)
    }

    private func assign(
        _ names: [String], listed: [String]? = nil, order: ClassAssignment.Order? = nil, _ network: NetworkSignature? = nil
    ) throws -> ClassAssignment {
        try ClassAssignment(names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }, listed: listed, order: order, for: network)
    }

    private func fault(_ body: () throws -> ClassAssignment) -> String {
        (#expect(throws: ClassAssignment.Fault.self) { _ = try body() })?.reason ?? ""
    }

    @Test("as many names as the network tells apart count in sorted order, as torchvision has them")
    func sorted() throws {
        let found = try assign(["dog", "ant", "cat"], network(3))
        #expect(found.classes == [0, 1, 2] && found.classNames == ["ant", "cat", "dog"] && found.classCount == 3)
        #expect(try assign(["dog", "ant"]).classCount == 2)
    }

    @Test("names that are numbers are those classes, so that some may be missing")
    func numbers() throws {
        let found = try assign(["0", "1", "3"], network(10))
        #expect(found.classes == [0, 1, 3] && found.classCount == nil && found.classNames == ["0", "1", "2", "3"])
        #expect(try assign(["00", "07"], network(10)).classes == [0, 7])
        #expect(try assign(["1", "2", "3"], network(3)).classes == [0, 1, 2], "where the numbers do not fit, their order does")
        #expect(try assign(["0", "2"]).classes == [0, 2])
    }

    @Test("eleven folders of numbers: their order as texts is another, which is said; eleven names with numbers in them are asked about")
    func elevenFolders() throws {
        let many = (0..<11).map(String.init)
        let found = try assign(many, network(11))
        #expect(found.classes == [0, 1, 10, 2, 3, 4, 5, 6, 7, 8, 9] && found.notes.first?.contains("order=names") == true)
        #expect(try assign(many, order: .names, network(11)).classes == Array(0..<11))
        let named = (1...10).map { "c\($0)" }
        #expect(fault { try assign(named, network(10)) }.contains("sorted as texts, c10 comes before c2"))
        #expect(try assign(named, order: .numbers, network(10)).classes == [0, 9, 1, 2, 3, 4, 5, 6, 7, 8])
        #expect(try assign(named, order: .names, network(10)).classNames?[1] == "c10")
    }

    @Test("some of the network's classes: matched by its names or those of the spec; otherwise the error says how to name them")
    func someOfThem() throws {
        let names = ["ant", "bee", "cat", "dog"]
        #expect(try assign(["dog", "bee"], network(4, names)).classes == [1, 3])
        #expect(try assign(["dog", "bee"], listed: names, network(4)).classes == [1, 3])
        let text = fault { try assign(["dog", "bee"], network(4)) }
        #expect(text.contains("2 classes (bee, dog), but net.pt has 4 classes") && text.contains("classes="), "\(text)")
        #expect(
            fault { try assign(["dog", "cow"], network(4, names)) }.contains(
                "not all among the 4 classes ant, bee, cat, dog: 'cow' is none of them"))
        #expect(fault { try assign(["dog"], listed: ["dog", "dog"]) }.contains("has 'dog' twice"))
    }
}
