/// One image in shades of grey, 0…1, row by row.
public struct SampleImage: Equatable, Sendable {
    public var rows: Int
    public var columns: Int
    public var values: [Float]
    /// Its class, where it is known.
    public var label: Int?

    public init(rows: Int, columns: Int, values: [Float], label: Int? = nil) {
        self.rows = rows
        self.columns = columns
        self.values = values
        self.label = label
    }
}

/// Incoming weights as pictures, one for each neuron, channels averaged.
public struct WeightImages: Equatable, Sendable {
    public var rows: Int
    public var columns: Int
    /// [neurons][rows × columns]
    public var values: [[Float]]

    public init(rows: Int, columns: Int, values: [[Float]]) {
        self.rows = rows
        self.columns = columns
        self.values = values
    }
}

/// What the neurons of a group did on the samples used.
public struct NeuronActivity: Equatable, Sendable {
    /// A sample and how strongly it moved a neuron.
    public struct Top: Equatable, Sendable {
        public var sample: Int
        public var value: Float

        public init(sample: Int, value: Float) {
            self.sample = sample
            self.value = value
        }
    }

    /// Neurons whose output, after the nonlinearity, was the same for every sample.
    public var dead: [Bool]
    /// For each neuron the samples that moved it most, strongest first.
    public var top: [[Top]]
    public var samples: Int

    public init(dead: [Bool], top: [[Top]], samples: Int) {
        self.dead = dead
        self.top = top
        self.samples = samples
    }
}

/// What is known of the neurons of one group of one network.
public struct NeuronSheet: Equatable, Sendable {
    /// One score for each neuron.
    public var scores: [Double]
    /// The parts of the scores that each class's samples give, [classes][neurons]; empty where scores use no samples.
    public var byClass: [[Double]]
    /// Norm of each neuron's incoming weights.
    public var fanIn: [Double]
    /// nil where there are no samples.
    public var activity: NeuronActivity?
    /// What a neuron of the first layer sees; nil for deeper layers.
    public var weights: WeightImages?

    public init(
        scores: [Double], byClass: [[Double]] = [], fanIn: [Double] = [], activity: NeuronActivity? = nil, weights: WeightImages? = nil
    ) {
        self.scores = scores
        self.byClass = byClass
        self.fanIn = fanIn
        self.activity = activity
        self.weights = weights
    }
}
