/// On which side of the nonlinearity that follows a layer its output is taken.
public enum ActivationStage: String, HyperparameterChoice {
    case before, after

    public var title: String {
        switch self {
        case .before: "pre-nonlinearity"
        case .after: "post-nonlinearity"
        }
    }
}
