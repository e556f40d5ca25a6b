"""placeholder"""
class Engine:
    def __init__(self, folder): pass
