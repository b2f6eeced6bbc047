import Formatting
import Testing

@Suite("The folder of a path") struct FolderOfPathTests {
    @Test(
        "names of one character, slashes at the end and the root are paths like others",
        arguments: [
            ("a", ""), ("", ""), ("/", "/"), ("/a", "/"), ("a/", ""), ("x/a", "x"), ("x/a/", "x"), ("/x/y/a.pt", "/x/y"), ("x//a", "x"),
            ("./a", "."), ("~/a", "~"),
        ])
    func folder(path: String, folder: String) {
        #expect(path.folderOfPath == folder)
    }
}
