terraform import fanner_team.fraud fraud
