terraform import fanner_stream.fraud fraud-signals
